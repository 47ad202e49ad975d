"""For users: check the guarantees on your own deployment, from recorded transcripts."""
