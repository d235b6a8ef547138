from contextlib import asynccontextmanager

from fastapi import FastAPI

app = FastAPI()


# ruleid: fastapi-on-event
@app.on_event("startup")
async def open_pool():
    app.state.pool = await connect()


# ruleid: fastapi-on-event
@app.on_event("shutdown")
def close_pool():
    app.state.pool.close()


# ruleid: fastapi-on-event
app.add_event_handler("startup", open_pool)
# ruleid: fastapi-on-event
other = FastAPI(on_startup=[open_pool])


@asynccontextmanager
async def lifespan(app):
    pool = await connect()
    yield
    pool.close()


# ok: fastapi-on-event
clean = FastAPI(lifespan=lifespan)


# ok: fastapi-on-event
@bot.on_event("message")
async def answer(message):
    await message.reply("on_event")


# ok: fastapi-on-event
@app.get("/startup")
def startup():
    return "startup"


# @app.on_event("startup")
# ok: fastapi-on-event
text = '@app.on_event("startup")'
# ok: fastapi-on-event
server = Server(on_startup=open_pool)
