"""Stickyboard's reusable core: keeps what producers send and shows it to every browser, whole.

Read it in the order an event travels:

1. `event_type` and `policies`: what an event is, and what is kept of it (pure)
2. `validation`: bytes to a checked event and the write it asks for (pure)
3. `caches/base`: the store, and the one operation everything rests on, `since(cursor)`
4. `publisher`: collects events for one tick, applies them, and sends one update per board
5. `updates`: the text that browsers are sent (pure)
6. `layers`: the channel layer of one process
7. `pacing`, `merging` and `passage` (pure): updates in order, at most one per tick, and what they mean at a place;
   `fanout`: hands them to all browsers of a board; `replay` and `returning`: read once for all who ask, or come back
8. `follower`, `window` and `consumers`: one browser's place, what is in flight to it (both pure), and its socket
9. `reconciler`: repairs what got lost without a word, and heartbeats
10. `drain`: ends a process in an order that nobody notices
11. `meters`, `connections` (both pure) and `presence`: what a process counts, who is connected, and telling the others;
    `session_watch`: whose session has ended
12. `views`, `metrics`, `admin`, `management`: what people ask for

`words` holds the nouns, `errors` what can go wrong, `conf` the settings.
"""
