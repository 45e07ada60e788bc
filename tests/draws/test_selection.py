"""The draw can be recomputed by anyone, and no part of its record can be changed unnoticed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.draws import (
    commitment,
    derive_seed,
    first,
    inclusion_proof,
    leaf,
    make_record,
    merkle_root,
    order,
    record_text,
    sampling_key,
    verify_inclusion,
    verify_record,
    verify_record_text,
)
from tests.shared_data import shared

SERVER_SEED = (1).to_bytes(32, "big")
BEACON = b"\xaa" * 32
NONCES = ["buyer-nonce", "seller-nonce"]
LEAVES = [leaf(bytes([index]) * 32, b"lead-%04d" % index) for index in range(20)]
ROOT = "9bb87d1913ef11f7a602def577b13b3fc1d93666a6fc95f1848ae7b894a5ef93"
SEED = "d0486cb25bc57ba56dc7abfdccdf5a71ae62fe04264c674ec4f9f9cd868ed52f"
ORDER = [11, 2, 6, 8, 14, 13, 9, 17, 19, 7, 3, 18, 12, 4, 15, 10, 5, 16, 0, 1]

leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True)
hashes = st.binary(min_size=32, max_size=32)


def record(beacon: bytes | None = BEACON, checked: int = 20) -> dict[str, object]:
    return make_record(
        batch_id="batch-001",
        server_seed=SERVER_SEED,
        beacon=beacon,
        nonces=NONCES,
        leaves=LEAVES,
        checked=checked,
    )


def test_the_known_draw_comes_out_to_the_last_digit() -> None:
    root = merkle_root(LEAVES)
    seed = derive_seed("batch-001", root, SERVER_SEED, BEACON, NONCES)
    assert root.hex() == ROOT
    assert seed.hex() == SEED
    assert order(seed, "batch-001", LEAVES) == ORDER


def test_the_shared_vector_comes_out_to_the_last_digit() -> None:
    vector = json.loads(shared("quality/spotcheck_reference.json").read_text())["selection_vector"]
    root, server_seed = merkle_root(LEAVES), bytes.fromhex(vector["server_seed"])
    seed = derive_seed(
        vector["batch_id"], root, server_seed, bytes.fromhex(vector["beacon"]), vector["nonces"]
    )
    assert root.hex() == vector["merkle_root"]
    assert commitment(server_seed).hex() == vector["commit"]
    assert seed.hex() == vector["seed"]
    assert order(seed, vector["batch_id"], LEAVES) == vector["order"]


@given(hashes, leaves, st.integers(0, 45))
def test_the_order_is_a_permutation_and_can_be_extended_without_a_new_draw(
    seed: bytes, batch: list[bytes], k: int
) -> None:
    whole = order(seed, "b", batch)
    assert sorted(whole) == list(range(len(batch)))
    assert first(seed, "b", batch, k) == whole[:k]
    keys = [sampling_key(seed, "b", index, batch[index]) for index in whole]
    assert keys == sorted(keys)


@given(leaves, st.data())
def test_every_lead_can_prove_that_it_was_in_the_batch(batch: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(batch) - 1))
    root, proof = merkle_root(batch), inclusion_proof(batch, index)
    assert verify_inclusion(batch[index], index, len(batch), proof, root)
    assert not verify_inclusion(bytes(32), index, len(batch), proof, root) or batch[index] == bytes(32)
    assert not verify_inclusion(batch[index], index, len(batch), [*proof, bytes(32)], root)
    assert not verify_inclusion(batch[index], index + len(batch), len(batch), proof, root)
    other = data.draw(st.integers(0, len(batch) - 1))
    if other != index:
        assert not verify_inclusion(batch[index], other, len(batch), proof, root)
    if proof:
        assert not verify_inclusion(batch[index], index, len(batch), proof[:-1], root)


def test_a_single_lead_is_its_own_root_but_not_without_the_leaf_prefix() -> None:
    assert merkle_root(LEAVES[:1]) != LEAVES[0]
    assert inclusion_proof(LEAVES[:1], 0) == []


@pytest.mark.parametrize(
    "batch_id",
    ["", "a|b", "café", "line\nbreak"],
)
def test_a_batch_id_that_could_be_confused_with_another_is_refused(batch_id: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        derive_seed(batch_id, bytes(32), SERVER_SEED, BEACON)


def test_two_nonces_never_count_as_one() -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        derive_seed("b", bytes(32), SERVER_SEED, BEACON, ["one|two"])
    with pytest.raises(ValueError, match="32 bytes"):
        derive_seed("b", bytes(32), SERVER_SEED, b"short")
    with pytest.raises(ValueError, match="at least one"):
        merkle_root([])


@pytest.mark.parametrize("beacon", [BEACON, None])
@pytest.mark.parametrize("checked", [0, 1, 7, 20])
def test_an_honest_record_has_no_findings(beacon: bytes | None, checked: int) -> None:
    document = record(beacon, checked)
    assert verify_record(document) == []
    assert verify_record_text(record_text(document)) == []
    assert verify_record(json.loads(json.dumps(document))) == []


@pytest.mark.parametrize("checked", [1, 20])
def test_flipping_any_bit_of_any_byte_of_the_record_is_found(checked: int) -> None:
    text = record_text(record(checked=checked)).encode()
    for position in range(len(text)):
        for bit in range(8):
            changed = bytearray(text)
            changed[position] ^= 1 << bit
            assert verify_record_text(bytes(changed)), f"byte {position}, bit {bit}"


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_replacing_any_byte_of_the_record_is_found(data: st.DataObject) -> None:
    text = record_text(record(checked=5)).encode()
    position = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != text[position]))
    assert verify_record_text(text[:position] + bytes([byte]) + text[position + 1 :])


@pytest.mark.parametrize(
    ("field", "value", "finding"),
    [
        ("server_seed", (2).to_bytes(32, "big").hex(), "commitment"),
        ("checked", [11, 2, 8], "checked"),
        ("checked", [True], "checked"),
        ("checked", [20], "checked"),
        ("leaves", [], "leaves"),
        ("leaves", [LEAVES[0].hex()] * 20, "twice"),
        ("leaves", [value.hex() for value in reversed(LEAVES)], "root"),
        ("nonces", ["buyer-nonce"], "seed"),
        ("nonces", ["a|b"], "printable"),
        ("beacon", None, "seed"),
        ("root", ROOT.upper(), "root"),
        ("format", "lx-selection-v2", "format"),
        ("batch_id", 1, "batch_id"),
    ],
)
def test_findings_name_the_field(field: str, value: object, finding: str) -> None:
    findings = verify_record({**record(), field: value})
    assert any(finding in sentence for sentence in findings)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_rubbish_is_a_finding_and_never_a_crash(rubbish: object) -> None:
    for field in record():
        document = {**record(checked=2), field: rubbish}
        # By chance it may be the right value, or a shorter beginning of the same order.
        honest = rubbish == record(checked=2)[field] or (
            field == "checked" and isinstance(rubbish, list) and rubbish == ORDER[: len(rubbish)]
        )
        if not honest:
            assert verify_record(document)
    assert verify_record_text(json.dumps(rubbish))
    assert verify_record({})


@pytest.mark.parametrize("text", ["", "[" * 100_000, b"\xff", '{"a":1,"a":2}', "NaN"])
def test_broken_text_is_a_finding(text: str | bytes) -> None:
    assert verify_record_text(text)
