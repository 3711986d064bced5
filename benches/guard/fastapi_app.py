"""A FastAPI route behind the platform's own SDK, for uvicorn. JWKS is the URL of the key set, TOOL the tool."""

import os

from fastapi import Depends, FastAPI
from noesis_auth import AuthMiddleware

app = FastAPI()
auth = AuthMiddleware(os.environ["JWKS"])


@app.get("/auth")
async def read(payload=Depends(auth.require_tool(os.environ["TOOL"]))):
    return {}
