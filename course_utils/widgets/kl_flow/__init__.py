"""The widget that lets N(μ, σ²) flow down its KL divergence; its plot beside it."""

from course_utils.widgets.kl_flow.widget import KLFlow, Point, Terms

__all__ = ["KLFlow", "Point", "Terms"]
