"""The operators' scripts (deploy/scripts), as far as they need no site."""

import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "deploy/scripts"
sys.path.append(str(SCRIPTS))
