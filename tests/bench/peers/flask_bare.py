"""Flask + PyMySQL without an ORM, under gunicorn: one connection a worker; reading one person only."""
import json
import os
import uuid

import jwt
import pymysql
from flask import Flask, Response, g, request

SECRET = os.environ["JWT_SECRET"]
FIELDS = ("name", "first_name", "last_name", "email", "phone", "status", "risk_level", "risk_score", "risk_notes", "notes", "tags", "interaction_count", "created_at", "updated_at")
READ = "SELECT %s FROM persons WHERE tenant_id = %%s AND id = %%s" % ", ".join(FIELDS)
app = Flask(__name__)
connection = None


def database():
    global connection
    if connection is None:
        connection = pymysql.connect(unix_socket=os.environ["DB_SOCKET"], user="bench", password=os.environ["DB_PASSWORD"], database="almoner", autocommit=True)
    return connection


def answer(body, status=200):
    return Response(json.dumps(body, separators=(",", ":"), ensure_ascii=False), status, content_type="application/json; charset=utf-8")


@app.before_request
def authenticate():
    try:
        claims = jwt.decode(request.headers.get("Authorization", "")[7:], SECRET, algorithms=["HS256"], audience="almoner")
    except jwt.InvalidTokenError:
        return answer({"error": "Invalid token"}, 401)
    g.tenant = uuid.UUID(claims["tenant_id"]).bytes


@app.get("/api/persons/<uuid:person>")
def read(person):
    with database().cursor() as cursor:
        cursor.execute(READ, (g.tenant, person.bytes))
        row = cursor.fetchone()
    if not row:
        return answer({"error": "Not found"}, 404)
    body = {"id": str(person), **dict(zip(FIELDS, row))}
    for name in ("created_at", "updated_at"):
        body[name] = body[name].strftime("%Y-%m-%dT%H:%M:%SZ")
    return answer(body)
