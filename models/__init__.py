"""What is learned: retrievers, the ranker, the policy and the recommender that joins them."""
