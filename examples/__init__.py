"""Boards that are drawn by configuration alone, each fed by a real producer."""
