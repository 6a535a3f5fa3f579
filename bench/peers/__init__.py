"""Servers that Holdfast is compared with, each written as its library's own documentation shows it."""
