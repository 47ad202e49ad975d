"""Reference producers: short programs that publish through `stickyboard`.

Programs: `multi_model_metrics.py`, `knn_stream.py`, `live_detection.py`, `replay_log.py` and `demo.py`.
`cli.py` contains their common options and their main function.

Read the rest in this order: `measures.py`, `learning.py`, `thresholds.py`, `episodes.py`, `demo_events.py`,
`detection.py`, `embedding.py`, `demo_run.py`. `train_models.py` created the files in `results/`.
"""
