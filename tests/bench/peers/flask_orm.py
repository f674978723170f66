"""Flask + SQLAlchemy's ORM, under gunicorn: the persons of make bench in that stack's usual style."""
import hashlib
import json
import os
import time
import uuid
from datetime import datetime

import jwt
from flask import Flask, Response, g, request
from sqlalchemy import BINARY, BigInteger, Column, DateTime, Integer, SmallInteger, String, Text, create_engine, func, select
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.orm import Session, declarative_base

SECRET = os.environ["JWT_SECRET"]
engine = create_engine("mysql+pymysql://bench:%s@/almoner?unix_socket=%s&charset=utf8mb4" % (os.environ["DB_PASSWORD"], os.environ["DB_SOCKET"]),
                       isolation_level="READ COMMITTED", pool_size=2)
Base = declarative_base()
app = Flask(__name__)


class Person(Base):
    __tablename__ = "persons"
    tenant_id = Column(BINARY(16), primary_key=True)
    id = Column(BINARY(16), primary_key=True)
    first_name = Column(String)
    last_name = Column(String)
    email = Column(String)
    phone = Column(String, default="")
    status = Column(String, default="active")
    risk_level = Column(String)
    risk_score = Column(SmallInteger, default=0)
    risk_notes = Column(Text, default="")
    notes = Column(Text, default="")
    tags = Column(String, default="")
    interaction_count = Column(Integer, default=0)
    created_at = Column(DATETIME(fsp=3))
    updated_at = Column(DATETIME(fsp=3))


class Audit(Base):
    __tablename__ = "audit"
    tenant_id = Column(BINARY(16), primary_key=True)
    id = Column(BINARY(16), primary_key=True)
    at = Column(DATETIME(fsp=3))
    actor_id = Column(BINARY(16))
    address = Column(String)
    request_id = Column(String)
    resource = Column(String)
    record_id = Column(BINARY(16))
    version = Column(Integer)
    op = Column(String)
    after_doc = Column(Text)


class Outbox(Base):
    __tablename__ = "outbox"
    id = Column(BigInteger, primary_key=True)
    tenant_id = Column(BINARY(16))
    channel = Column(String)
    type = Column(String)
    resource = Column(String)
    op = Column(String)
    record_id = Column(BINARY(16))
    body = Column(Text)
    created_at = Column(DATETIME(fsp=3))


class Idempotency(Base):
    __tablename__ = "idempotency"
    tenant_id = Column(BINARY(16), primary_key=True)
    key_hash = Column(BINARY(32), primary_key=True)
    fingerprint = Column(BINARY(32))
    status = Column(SmallInteger)
    content_type = Column(String, default="")
    location = Column(String, default="")
    etag = Column(String, default="")
    body = Column(Text)
    created_at = Column(DATETIME(fsp=3))


def uuid7():
    return ((int(time.time() * 1000) << 80) | (7 << 76) | (int.from_bytes(os.urandom(10), "big") & ~(15 << 76) & ~(3 << 62)) | (2 << 62)).to_bytes(16, "big")


def iso(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def document(p):
    return {"id": str(uuid.UUID(bytes=p.id)), "name": p.first_name + " " + p.last_name, "first_name": p.first_name, "last_name": p.last_name,
            "email": p.email, "phone": p.phone, "status": p.status, "risk_level": p.risk_level, "risk_score": p.risk_score, "risk_notes": p.risk_notes,
            "notes": p.notes, "tags": p.tags, "interaction_count": p.interaction_count, "created_at": iso(p.created_at), "updated_at": iso(p.updated_at)}


def answer(body, status=200, **headers):
    return Response(json.dumps(body, separators=(",", ":"), ensure_ascii=False), status, headers, content_type="application/json; charset=utf-8")


@app.before_request
def authenticate():
    try:
        claims = jwt.decode(request.headers.get("Authorization", "")[7:], SECRET, algorithms=["HS256"], audience="almoner")
    except jwt.InvalidTokenError:
        return answer({"error": "Invalid token"}, 401)
    g.tenant = uuid.UUID(claims["tenant_id"]).bytes
    g.user = uuid.UUID(claims["sub"])


@app.get("/api/persons/<uuid:person>")
def read(person):
    with Session(engine) as session:
        p = session.get(Person, (g.tenant, person.bytes))
        return answer(document(p)) if p else answer({"error": "Not found"}, 404)


@app.get("/api/persons")
def page():
    limit = min(int(request.args.get("limit", 50)), 100)
    with Session(engine) as session:
        mine = Person.tenant_id == g.tenant
        rows = session.scalars(select(Person).where(mine).order_by(Person.created_at.desc(), Person.id.desc()).limit(limit)).all()
        body = {"persons": [document(p) for p in rows]}
        if request.args.get("total"):
            body["total"] = session.scalar(select(func.count()).select_from(Person).where(mine))
        return answer(body)


@app.post("/api/persons")
def create():
    sent = request.get_json()
    if not all(isinstance(sent.get(name), str) and sent[name] for name in ("first_name", "last_name", "email", "risk_level")):
        return answer({"error": "Validation error"}, 400)
    now = datetime.utcnow()
    key = request.headers["Idempotency-Key"]
    with Session(engine) as session:
        seen = Idempotency(tenant_id=g.tenant, key_hash=hashlib.sha256(("%s\0%s" % (g.user, key)).encode()).digest(),
                           fingerprint=hashlib.sha256(request.get_data()).digest(), status=0, created_at=now)
        session.add(seen)
        session.flush()
        p = Person(tenant_id=g.tenant, id=uuid7(), created_at=now, updated_at=now, notes=sent.get("notes", ""),
                   **{name: sent[name] for name in ("first_name", "last_name", "email", "risk_level")})
        session.add(p)
        session.flush()
        body = answer(document(p), 201, Location="/api/persons/%s" % uuid.UUID(bytes=p.id))
        text = body.get_data(as_text=True)
        session.add(Audit(tenant_id=g.tenant, id=uuid7(), at=now, actor_id=g.user.bytes, address=request.remote_addr or "", request_id=request.headers.get("X-Request-Id", ""),
                          resource="person", record_id=p.id, version=1, op="create", after_doc=text))
        session.add(Outbox(tenant_id=g.tenant, channel="persons", type="person_updated", resource="person", op="create", record_id=p.id, body=text, created_at=now))
        seen.status, seen.content_type, seen.location, seen.body = 201, body.content_type, body.headers["Location"], text
        session.commit()
        return body
