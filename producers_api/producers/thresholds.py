"""From a model's score to a class, a phase, and an alert. Sans-I/O."""

from collections.abc import Mapping, Sequence

PHISHING_SCORE = 0.5  # the threshold for the models' measures
ALERT_SCORE = 0.9  # alerts require a confident model
BENIGN_BELOW, PHISHING_ABOVE = 0.3, 0.7  # the phases; between them, a score is suspicious


def label_of(is_phishing: bool) -> str:
    return "phishing" if is_phishing else "benign"


def phase_shares(scores: Sequence[float]) -> Mapping[str, float]:
    """Return the share of scores in each phase."""
    benign = sum(score < BENIGN_BELOW for score in scores)
    phishing = sum(score > PHISHING_ABOVE for score in scores)
    counts = {"benign": benign, "suspicious": len(scores) - benign - phishing, "phishing": phishing}
    return {phase: round(count / len(scores), 4) for phase, count in counts.items()}
