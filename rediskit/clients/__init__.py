"""Conversations: what each remembers, whom it listens to, what it waits for and watches."""
