"""Reference producers: short programs that publish through `stickyboard`.

Programs: `multi_model_metrics.py`, `knn_stream.py`, `live_detection.py`, `replay_log.py` and `demo.py`;
`cli.py` says what they share, `command.py` makes them commands of `manage.py`.

What they stand on, in this order: `results_folder.py`, `event_log.py`; then, with models and rows,
`measures.py`, `learning.py`, `episodes.py`, `demo_events.py`, `detection.py`, `neighbours.py`, `demo_run.py`.
`train_models.py` made what is in `results/`.
"""
