import flask
# ruleid: flask-removed-api
from flask import Flask, Markup
# ruleid: flask-removed-api
from flask.json import JSONEncoder

# ok: flask-removed-api
from markupsafe import Markup as Safe
# ok: flask-removed-api
from flask import Flask as App

app = Flask(__name__)
# ruleid: flask-removed-api
app.json_encoder = JSONEncoder


# ruleid: flask-removed-api
@app.before_first_request
def fill():
    app.cache = {}


# ok: flask-removed-api
@app.before_request
def count():
    flask.g.count = 1


try:
    # ok: flask-removed-api
    from flask import escape
except ImportError:
    from markupsafe import escape


def page(name):
    # ruleid: flask-removed-api
    title = flask.Markup(name)
    # ok: flask-removed-api
    other = flask.render_template("page.html", title=title)
    # @app.before_first_request
    # ok: flask-removed-api
    return other or "flask.Markup"
