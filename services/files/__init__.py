"""Files: uploads, storage, inspection, quotas and clean-up."""
