import httpx
import pydantic
from pydantic import BaseModel, ConfigDict, Field, field_validator, validator


class User(BaseModel):
    # ruleid: pydantic-v1-api
    name: str = Field(..., regex="^[a-z]+$")

    # ruleid: pydantic-v1-api
    @validator("name")
    def strip(cls, value):
        return value.strip()

    # ruleid: pydantic-v1-api
    class Config:
        orm_mode = True

    def plain(self):
        # ruleid: pydantic-v1-api
        return self.dict(exclude={"name"})


class Team(pydantic.BaseModel):
    size: int

    # ruleid: pydantic-v1-api
    @pydantic.root_validator(pre=True)
    def check(cls, values):
        return values


# ruleid: pydantic-v1-api
class Settings(pydantic.BaseSettings):
    debug: bool = False


def positives(data, row, team: Team):
    # ruleid: pydantic-v1-api
    user = User.parse_obj(data)
    # ruleid: pydantic-v1-api
    other = User.from_orm(row)
    mine = User(name="a")
    # ruleid: pydantic-v1-api
    print(mine.dict())
    # ruleid: pydantic-v1-api
    print(team.json())
    return user, other


class Fresh(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    # ok: pydantic-v1-api
    name: str = Field(pattern="^[a-z]+$")

    # ok: pydantic-v1-api
    @field_validator("name")
    @classmethod
    def strip(cls, value):
        return value.strip()


class Application:
    # ok: pydantic-v1-api
    class Config:
        debug = True


def negatives(data, tree):
    # ok: pydantic-v1-api
    fresh = Fresh.model_validate(data)
    # ok: pydantic-v1-api
    print(fresh.model_dump(), tree.dict())
    # ok: pydantic-v1-api
    body = httpx.get("http://localhost").json()
    # ok: pydantic-v1-api
    tree.parse_obj(data)
    # User.parse_obj(data) is version 1
    # ok: pydantic-v1-api
    return body, "User.parse_obj(data)"


def legacy(data):
    from pydantic.v1 import BaseModel as OldModel
    from pydantic.v1 import validator as old_validator

    class Old(OldModel):
        # ok: pydantic-v1-api
        @old_validator("x")
        def old(cls, value):
            return value

    # ok: pydantic-v1-api
    return Old.parse_obj(data)
