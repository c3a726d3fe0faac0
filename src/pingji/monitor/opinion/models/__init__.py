"""What people write in public about illness: batches of posts, posts, and rumours."""

from pingji.monitor.opinion.models.posts import Batch, Post
from pingji.monitor.opinion.models.rumours import Rumour

__all__ = ["Batch", "Post", "Rumour"]
