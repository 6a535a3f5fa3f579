"""Tests: unit (pure), integration (one room on real parts), contract (HTTP), e2e (browser), chaos."""
