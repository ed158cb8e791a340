"""The columns of the feature matrix by name, and which of them stand behind which reason."""

from __future__ import annotations

from typing import Final

FEATURES: Final[tuple[str, ...]] = (
    # what everyone does with the item
    "item_acts_total",
    "item_acts_1d",
    "item_acts_7d",
    "item_acts_30d",
    "item_acts_180d",
    "item_trend",
    "item_age_days",
    "item_idle_days",
    "item_click_rate",
    "item_intent_rate",
    "item_purchase_rate",
    "item_dislike_rate",
    "item_usual_dwell",
    # what visitors of this card do with it
    "listing_acts_7d",
    "listing_acts_30d",
    "listing_acts_total",
    "listing_click_rate",
    "listing_share",
    # the product and its place
    "price",
    "price_against_shelf",
    "reputation",
    "reviews",
    "sales",
    "shelf_place",
    "pinned",
    "listed_days",
    # what this visitor did with it
    "own_acts",
    "own_days",
    "own_dwell",
    "own_intents",
    "own_purchases",
    "own_purchase_days",
    "own_weight",
    "own_dislike",
    "shown_before",
    "shown_days",
    # how it fits her tastes
    "category_browse",
    "category_intent",
    "category_bought",
    "category_disliked",
    "brand_browse",
    "brand_intent",
    "tags_browse",
    "tags_intent",
    "best_tag",
    "band_browse",
    # how it fits this moment
    "category_is_last",
    "brand_is_last",
    "tags_of_last",
    "price_from_last",
    "category_recent",
    "context_category",
    "context_tags",
    # who led her here
    "sharer_acts",
    "sharer_category",
    # how much more than others she turns to what the product is (log-lift, shrunk)
    "taste_category",
    "taste_brand",
    "taste_band",
    "taste_tags",
    "taste_wanted",
    "sharer_taste",
    # what is known at all
    "known_touches",
    "known_days",
    "known_items",
    "shelf_size",
    # what she bought, however long ago: kept beyond her newest acts
    "own_bought",
)
"""Names of the columns of `build`, in order."""

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "popular_here": (
        *(name for name in FEATURES if name.startswith(("item_acts", "listing_acts"))),
        "listing_share",
    ),
    "trending": ("item_trend", "item_acts_1d", "item_acts_7d"),
    "well_reviewed": ("reputation", "reviews", "sales"),
    "new_arrival": ("listed_days", "item_age_days"),
    "sellers_choice": ("pinned", "shelf_place"),
    "repeat": tuple(name for name in FEATURES if name.startswith("own_")),
    "category_affinity": (
        *(n for n in FEATURES if n.startswith("category_") and n != "category_disliked"),
        "taste_category",
    ),
    "brand_affinity": ("brand_browse", "brand_intent", "brand_is_last", "taste_brand"),
    "tag_affinity": (
        *("tags_browse", "tags_intent", "best_tag", "tags_of_last"),
        *("taste_tags", "taste_wanted"),
    ),
    "price_match": ("band_browse", "price_from_last", "taste_band"),
    "similar_to_context": ("context_category", "context_tags"),
    "shared_by_friend": ("sharer_acts", "sharer_category", "sharer_taste"),
}
"""Which columns stand behind a reason; `models.explain` takes them away to see what they moved."""
