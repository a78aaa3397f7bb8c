"""The page at /_sandbox/ for people: set faults, see the latest requests, the voices and the keys."""

from html import escape
from typing import Any

from voices.sandbox.faults import EFFECTS, WORDINGS

STYLE = (
    ":root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}"
    "body{max-width:64rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884}"
    "form{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end}"
    "label{display:grid;font-size:.85rem}"
    "input,select,button{font:inherit;padding:.35rem .5rem;min-height:2.25rem}"
    "select{max-width:100%}label{max-width:100%}"
    "section{overflow-x:auto}"
)
REQUEST_COLUMNS = ("method", "path", "status", "key", "bytes", "seconds", "fault")


def page(facts: dict[str, Any]) -> str:
    """Return the HTML page with every value escaped; it works without script."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Althea sandbox</title>'
        f"<style>{STYLE}</style></head><body><h1>Althea sandbox</h1>"
        "<p>A local copy of Althea. Nothing leaves this machine.</p>"
        + _fault_form()
        + _table("Pending faults", ("effect", "method", "path", "times", "delay", "commit"), facts["faults"])
        + _button("/_sandbox/faults/clear", "Clear faults")
        + _settings_form(facts["settings"])
        + _table("Keys", ("prefix", "account", "revoked"), facts["keys"])
        + _button("/_sandbox/keys", "Create key (shown once, as JSON)")
        + _table("Account voices", ("name", "voiceId", "accountId", "sampleType"), facts["voices"])
        + _table("Latest requests", REQUEST_COLUMNS, facts["log"])
        + _button("/_sandbox/reset", "Reset everything")
        + "</body></html>"
    )


def _fault_form() -> str:
    return (
        '<section><h2>Add fault</h2><form method="post" action="/_sandbox/faults">'
        + _select("effect", "Effect", {name: f"{name}: {what}" for name, what in EFFECTS.items()})
        + _input("method", "Method (regular expression)", "POST")
        + _input("path", "Path (regular expression)", "/api/.*")
        + _input("times", "Times", "1")
        + _input("delay", "Delay (seconds)", "0")
        + _select("commit", "Do the work first", {"false": "no", "true": "yes"})
        + _input("seconds", "Seconds (throttle, late, hang)", "")
        + _input("status", "Status (status)", "500")
        + _input("body", "Body (status)", "")
        + _select("wording", "Wording (duplicate, limit, provider)", _same(*WORDINGS))
        + _select("form", "Retry-After (throttle)", _same("number", "date"))
        + _select("how", "End (drop)", _same("close", "rst"))
        + _select("part", "Cut in (truncate)", _same("body", "headers"))
        + _input("rate", "Bytes per second (drip)", "100")
        + "<button>Add</button></form></section>"
    )


def _same(*values: str) -> dict[str, str]:
    return dict(zip(values, values, strict=True))


def _settings_form(settings: dict[str, Any]) -> str:
    texts = {name: "null" if value is None else str(value) for name, value in settings.items()}
    inputs = "".join(_input(name, name, value) for name, value in texts.items())
    return (
        '<section><h2>Settings</h2><form method="post" action="/_sandbox/settings">'
        f"{inputs}<button>Save</button></form></section>"
    )


def _input(name: str, label: str, value: str) -> str:
    return f'<label>{escape(label)}<input name="{escape(name)}" value="{escape(value)}"></label>'


def _select(name: str, label: str, options: dict[str, str]) -> str:
    shown = "".join(f'<option value="{escape(value)}">{escape(text)}' for value, text in options.items())
    return f'<label>{escape(label)}<select name="{escape(name)}">{shown}</select></label>'


def _button(action: str, label: str) -> str:
    return f'<p><form method="post" action="{action}"><button>{escape(label)}</button></form>'


def _table(title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(row.get(column, '')))}</td>" for column in columns) + "</tr>"
        for row in rows
    )
    body = body or f'<tr><td colspan="{len(columns)}">none</td></tr>'
    return f"<section><h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table></section>"
