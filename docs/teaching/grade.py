#!/usr/bin/env python3
"""Grades the external clients in documents of `mailer compare --json --eml FILE --with CLIENT`.

Give the documents as files, or one on stdin. With one document each criterion is a line; with
several, each client is a line of tab-separated values. Only Python's standard library is needed.
"""

import argparse
import json
import sys

BACKENDS = ("raw", "lettre", "lettre-connection")
MOST_ROUND_TRIPS = 15  # what the fifteen steps need


def main():
    parser = argparse.ArgumentParser(description="Grade SMTP clients by the JSON of mailer compare --with.")
    parser.add_argument("documents", nargs="*", metavar="FILE", help="a document [default: stdin]")
    files = parser.parse_args().documents
    documents = [(name, read(name)) for name in files or ["-"]]
    clients = [(name, result, document) for name, document in documents
               for result in document["results"] if result["backend"] not in BACKENDS]
    for name, result, document in clients:
        marks = grade(result, expected_content(document))
        total, most = sum(got for got, _, _ in marks), sum(most for _, most, _ in marks)
        if len(documents) > 1:
            print(name, result["backend"], total, sep="\t")
            continue
        print(f"{result['backend']}: {total} of {most}")
        for got, possible, title in marks:
            print(f"  {got} of {possible}  {title}")
        if result["error"] is not None:
            print("  " + result["error"]["cause"])
    if not clients:
        sys.exit("error: no document has a client that was added with --with")


def read(name):
    try:
        with open(0 if name == "-" else name, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError) as error:
        sys.exit(f"error: {name}: {error}")
    if not isinstance(document, dict) or document.get("command") != "compare":
        sys.exit(f"error: {name}: not a document of mailer compare --json")
    return document


def grade(result, expected):
    """Returns, for each criterion, the points, the most points, and what it is."""
    events = result["events"]
    exchanges = pair(events)
    verbs = [verb for verb, _ in exchanges]

    def replied(verb, *codes):
        return any(sent == verb and code in codes for sent, code in exchanges)

    after_tls = verbs.index("STARTTLS") + 1 if "STARTTLS" in verbs else len(verbs)
    envelope = replied("MAIL", 250) and replied("RCPT", 250, 251)
    trips = sum(phase["round_trips"] or 0 for phase in result["phases"])
    is_accepted = result["outcome"] == "accepted"
    criteria = [
        (1, "reads the greeting, then sends EHLO", is_greeted(events) and replied("EHLO", 250)),
        (2, "starts TLS", replied("STARTTLS", 220)),
        (3, "sends EHLO again inside TLS", exchanges[after_tls:after_tls + 1] == [("EHLO", 250)]),
        (3, "logs in", any(code == 235 for _, code in exchanges)),
        (3, "sends the envelope", envelope and (replied("DATA", 354) or replied("BDAT", 250))),
        (2, "has one message accepted", is_accepted and len(result["mails"]) == 1),
        (4, "delivers the file byte for byte, dots too", is_accepted and content(result) == expected),
        (1, "sends QUIT and reads 221", replied("QUIT", 221)),
        (1, f"needs at most {MOST_ROUND_TRIPS} round trips", is_accepted and trips <= MOST_ROUND_TRIPS),
    ]
    return [(points if fulfilled else 0, points, title) for points, title, fulfilled in criteria]


def is_greeted(events):
    return bool(events) and events[0]["kind"] == "received" and events[0]["text"].startswith("220")


def pair(events):
    """Returns the verb of each command with the code of its reply. Replies come in the order of the commands."""
    exchanges, waiting = [], []
    for event in events:
        if event["kind"] == "sent":
            waiting.append((event["text"].split() or [""])[0].upper())
        elif event["kind"] == "received" and waiting:
            exchanges.append((waiting.pop(0), int(event["text"][:3])))
    return exchanges


def content(result):
    return "".join(event["text"] for event in result["events"] if event["kind"] == "content")


def expected_content(document):
    """What raw delivered: the file."""
    return next(content(result) for result in document["results"] if result["backend"] == "raw")


if __name__ == "__main__":
    main()
