"""bands-api once more, in Python: FastAPI and httpx, traced by OpenTelemetry's own SDK.

Nothing here knows of tracing. `opentelemetry-instrument` adds it from outside, set up by the
standard environment variables.
"""

import os
from datetime import datetime, timezone
from uuid import UUID

import httpx
from fastapi import FastAPI

REVIEWS_URL = os.environ["REVIEWS_URL"]

app = FastAPI()


@app.get("/bands/{band_id}")
async def get_band(band_id: UUID) -> dict:
    async with httpx.AsyncClient() as http:
        response = await http.get(f"{REVIEWS_URL}/reviews", params={"band_id": str(band_id)})
    response.raise_for_status()
    created = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return {"uuid": band_id, "name": "Fugazi", "reviews": response.json(), "created": created}
