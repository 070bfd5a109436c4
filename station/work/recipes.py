"""Recipes as JSON, for the column that keeps the operator's own geometry."""

from dataclasses import asdict
from typing import Any

from ocr.reading import PageRecipe, Recipe


def recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    return asdict(recipe)


def recipe_from_json(data: dict[str, Any]) -> Recipe:
    """The recipe `recipe_to_json` made `data` of."""
    return Recipe(
        rotation_deg=data["rotation_deg"],
        split_at=data["split_at"],
        pages=tuple(
            PageRecipe(
                side=p["side"],
                window=tuple(p["window"]),
                skew_deg=p["skew_deg"],
                crop=tuple(p["crop"]) if p["crop"] is not None else None,
            )
            for p in data["pages"]
        ),
    )
