"""What tests share, none of it a test; here, where things lie in a checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FIXTURES = ROOT / "fixtures"
SHOP = FIXTURES / "projects" / "shop"
"""The project that most tests of a whole project copy."""
