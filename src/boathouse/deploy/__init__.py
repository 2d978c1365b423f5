"""Deploy: how a bundle comes into a workspace."""
