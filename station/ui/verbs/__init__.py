"""What the presenters ask for, met by the verbs of `station.work`.

Each method is a job: it runs off the main thread and opens its own connections. Nothing in here decides;
it puts rows into the words and values the screens show.
"""
