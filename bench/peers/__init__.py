"""Servers that Holdfast is compared with, each written as the documentation of its library shows."""
