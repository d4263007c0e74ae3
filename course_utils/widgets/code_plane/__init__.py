"""The widget that walks over the plane of two-dimensional codes."""

from course_utils.widgets.code_plane.widget import CodePlane

__all__ = ["CodePlane"]
