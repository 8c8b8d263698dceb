"""What several processes tell each other, over Redis or Valkey.

With one process there is no bus: `services.core.events.publish` calls who listens.
"""
