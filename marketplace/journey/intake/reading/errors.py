"""Why a whole file, or one row of it, cannot be read; every code has its sentence here."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError

FILE_REFUSALS: dict[str, str] = {
    "empty_file": "The file is empty. Export the leads again and send the file that has rows in it.",
    "file_too_large": "The file is larger than {limit} bytes (after unpacking). Split it and send the parts.",
    "gzip_damaged": "The gzip file is damaged or cut short. Pack it again and send it once more.",
    "nested_archive": "The file holds another packed file. Send the table itself or packed once by gzip.",
    "archive": "The file is an archive. Unpack it and send the table in it as CSV, XLSX or JSON Lines.",
    "archive_link": "The workbook holds a link to another file. Save the leads as a new workbook or as CSV.",
    "not_a_table": "The file is {what}, not a table. Send the leads as CSV, XLSX or JSON Lines.",
    "old_excel": "The file is a workbook of the old Excel format (.xls). Save it as .xlsx or CSV.",
    "opendocument": "The file is an OpenDocument table (.ods). Save it as .xlsx or CSV.",
    "binary_workbook": "The file is a binary workbook (.xlsb). Save it as .xlsx or CSV.",
    "password_protected": "The workbook has a password. Save it without the password and send it again.",
    "workbook_damaged": "The workbook cannot be opened. Save it again as .xlsx or CSV in a spreadsheet program.",
    "workbook_too_large": "The workbook is too large once unpacked ({detail}). Send the leads as CSV.",
    "workbook_too_slow": "The workbook takes longer than {limit} seconds to read. Send the leads as CSV.",
    "xml_entities": "The workbook declares XML entities, which no spreadsheet program writes. Save the leads as CSV.",
    "no_sheet": "No sheet of the workbook has a header row with leads under it. Put the header into the first row.",
    "json_document": "The file is one JSON document. Send JSON Lines: one object in each line, nothing around them.",
    "json_damaged": "The first line is not a JSON object. Send JSON Lines: one object in each line.",
    "nul_bytes": "The file holds NUL bytes, so it is damaged or not a text. Export it again as CSV in UTF-8.",
    "encoding_unknown": "The letters of the file cannot be made out. Save it as CSV in UTF-8 and send it again.",
    "no_header": "The first row does not name the columns. Put a row with the column names above the leads.",
    "no_rows": "The file has column names and no leads under them. Add the leads and send it again.",
    "too_many_columns": "The file has {found} columns; at most {limit} are read. Remove those not needed.",
    "too_many_rows": "The file has more than {limit} rows. Split it and send the parts.",
    "quote_never_closed": "A quotation mark in the row of column names is never closed. Close or remove it.",
    "header_too_long": "The name of column {column} is longer than {limit} characters. Shorten it.",
    "file_changed": "The file is shorter than when it was recognized. Send it again.",
}

ROW_REFUSALS: dict[str, str] = {
    "too_few_cells": "The row has {found} cells and the header has {expected}; a separator is missing.",
    "too_many_cells": "The row has {found} cells and the header has {expected}; put quotation marks around "
    "a value that holds the separator.",
    "quote_never_closed": "A quotation mark opens in this row and is never closed.",
    "stray_quote": "After a closing quotation mark comes text; double the quotation marks inside of a value.",
    "field_too_long": "The value is longer than {limit} bytes.",
    "row_too_long": "The row is longer than {limit} bytes.",
    "bad_encoding": "The row holds bytes that are no letters in {encoding}.",
    "nul_byte": "The row holds a NUL byte.",
    "stray_line_break": "A line break stands in a value without quotation marks.",
    "not_an_object": "The line is not one JSON object.",
    "too_many_columns": "The line brings the file to more than {limit} different keys.",
}


class UnreadableFile(DomainError):
    """The file is not a table of leads that can be read; `reason` is one of `FILE_REFUSALS`."""

    code = "unreadable_file"
    status = 422
    title = "The file cannot be read."

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence, facts={"reason": reason})
        self.reason = reason

    def __reduce__(self) -> tuple[type[UnreadableFile], tuple[str, str]]:
        return UnreadableFile, (self.reason, self.detail)


def refusal(reason: str, **facts: object) -> UnreadableFile:
    """The refusal *reason* with its sentence filled in by *facts* (numbers, never content)."""
    return UnreadableFile(reason, FILE_REFUSALS[reason].format(**facts))


def row_sentence(code: str, **facts: object) -> str:
    """The sentence for a broken row."""
    return ROW_REFUSALS[code].format(**facts)
