"""The pages and the browser SDK: clients of the same public API as everybody else."""
