"""The base class of pipelines."""

from pydantic import BaseModel


class Requirements(BaseModel):
    input_size: int


class Pipeline:
    @classmethod
    def get_config_class(cls):
        raise NotImplementedError

    def prepare(self, **kwargs):
        return None
