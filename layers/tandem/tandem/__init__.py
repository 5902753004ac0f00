"""Tandem: people and a generative model answer customers together."""
