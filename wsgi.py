"""The WSGI entry: any server that speaks WSGI serves `wsgi:application`."""

from marketplace.wsgi import application as make_application

application = make_application()
