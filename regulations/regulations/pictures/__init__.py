"""Pictures of the lanes of a pack: boxes and arrows, then Mermaid or SVG."""
