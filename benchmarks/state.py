"""The lab's whole state: 587 entries, of the sizes they have there."""

from collections.abc import Iterator
from typing import Any

MODELS = ("gbt", "mlp", "cnn", "knn_semi", "gru", "lstm", "bert")
COUNTS = {
    "model_metric": 7,
    "model_perf": 7,
    "live_detection": 60,
    "embedding": 1,
    "attack_profile": 12,
    "prediction": 500,
}
ENTRIES = sum(COUNTS.values())

StateEvent = tuple[str, str, dict[str, Any]]  # event type, key, fields


def state_events(predictions: int = COUNTS["prediction"]) -> Iterator[StateEvent]:
    """Yield every entry as an event; the same each time."""
    for place, model in enumerate(MODELS):
        yield "model_metric", model, {"model": model, "macro_f1": 0.5 + place / 20, "rows": 1250}
        perf = {"latency_ms": 0.4 + place, "throughput_per_s": 2400.0, "size_bytes": 182_000 + place}
        yield "model_perf", model, {"model": model, **perf}
    for place in range(60):
        fields = {"host_id": "host-1", "score": place / 60, "alert": place > 50, "label": "benign"}
        yield "live_detection", str(place), fields
    yield "embedding", "all", _embedding()
    for place in range(12):
        yield "attack_profile", f"profile-{place}", _profile(place)
    for place in range(predictions):
        yield "prediction", f"episode-{place // 20}-{place % 20}", _prediction(place)


def _embedding() -> dict[str, Any]:
    points = [[round((place * 37 % 2000) / 90, 3), round((place * 53 % 2000) / 90, 3)] for place in range(2000)]
    return {"points": points, "labels": [f"family-{place % 80:04}" for place in range(2000)], "method": "tsne"}


def _profile(place: int) -> dict[str, Any]:
    x = [round(step * 0.25, 2) for step in range(175)]
    y = [round((step * (place + 3) % 175) / 175, 4) for step in range(175)]
    return {"name": f"profile-{place}", "x": x, "y": y, "x_label": "s", "y_label": "share of flows"}


def _prediction(place: int) -> dict[str, Any]:
    shares = {f"class-{number}": round(((place + number * 7) % 50) / 200, 4) for number in range(5)}
    return {
        "episode_id": f"episode-{place // 20}",
        "window_idx": place % 20,
        "label": f"class-{place % 5}",
        "probabilities": shares,
        "truth": f"class-{place % 5}",
    }
