"""Plugins: folders that bring commands, skills, agents and hooks, as the person has said yes to them."""
