// Go's net/http with database/sql: the persons of make bench in that stack's usual style.
package main

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/golang-jwt/jwt"
)

const fields = "id, name, first_name, last_name, email, phone, status, risk_level, risk_score, risk_notes, notes, tags, interaction_count, created_at, updated_at"

type person struct {
	ID               string `json:"id"`
	Name             string `json:"name"`
	FirstName        string `json:"first_name"`
	LastName         string `json:"last_name"`
	Email            string `json:"email"`
	Phone            string `json:"phone"`
	Status           string `json:"status"`
	RiskLevel        string `json:"risk_level"`
	RiskScore        int    `json:"risk_score"`
	RiskNotes        string `json:"risk_notes"`
	Notes            string `json:"notes"`
	Tags             string `json:"tags"`
	InteractionCount int    `json:"interaction_count"`
	CreatedAt        string `json:"created_at"`
	UpdatedAt        string `json:"updated_at"`
}

type list struct {
	Persons []person `json:"persons"`
	Total   *int64   `json:"total,omitempty"`
}

type caller struct {
	jwt.StandardClaims
	Tenant string `json:"tenant_id"`
}

var (
	secret                            = []byte(os.Getenv("JWT_SECRET"))
	db                                *sql.DB
	readOne, readPage, countAll       *sql.Stmt
	claim, insert, audit, out, settle *sql.Stmt
)

func must(text string) *sql.Stmt {
	statement, err := db.Prepare(text)
	if err != nil {
		panic(err)
	}
	return statement
}

func prepare() {
	readOne = must("SELECT " + fields + " FROM persons WHERE tenant_id = ? AND id = ?")
	readPage = must("SELECT " + fields + " FROM persons WHERE tenant_id = ? ORDER BY created_at DESC, id DESC LIMIT ?")
	countAll = must("SELECT COUNT(*) FROM persons WHERE tenant_id = ?")
	claim = must("INSERT INTO idempotency (tenant_id, key_hash, fingerprint, status, created_at) VALUES (?, ?, ?, 0, ?)")
	insert = must("INSERT INTO persons (tenant_id, id, first_name, last_name, email, phone, status, risk_level, risk_score, risk_notes, notes, tags, created_at, updated_at) VALUES (?, ?, ?, ?, ?, '', 'active', ?, 0, '', ?, '', ?, ?)")
	audit = must("INSERT INTO audit (tenant_id, id, at, actor_id, address, request_id, resource, record_id, version, op, before_doc, after_doc) VALUES (?, ?, ?, ?, ?, ?, 'person', ?, 1, 'create', NULL, ?)")
	out = must("INSERT INTO outbox (tenant_id, channel, type, resource, op, record_id, body, created_at) VALUES (?, 'persons', 'person_updated', 'person', 'create', ?, ?, ?)")
	settle = must("UPDATE idempotency SET status = 201, content_type = 'application/json; charset=utf-8', location = ?, body = ? WHERE tenant_id = ? AND key_hash = ?")
}

func uuidBytes(text string) []byte {
	id, _ := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	return id
}

func uuidText(id []byte) string {
	h := hex.EncodeToString(id)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func uuid7(now time.Time) []byte {
	var id [18]byte
	binary.BigEndian.PutUint64(id[:], uint64(now.UnixMilli()))
	rand.Read(id[8:])
	id[8] = id[8]&15 | 0x70
	id[10] = id[10]&63 | 0x80
	return id[2:]
}

func iso(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }

func scan(row interface{ Scan(...interface{}) error }) (p person, err error) {
	var id []byte
	var created, updated time.Time
	err = row.Scan(&id, &p.Name, &p.FirstName, &p.LastName, &p.Email, &p.Phone, &p.Status, &p.RiskLevel, &p.RiskScore, &p.RiskNotes, &p.Notes, &p.Tags, &p.InteractionCount, &created, &updated)
	if err == nil {
		p.ID, p.CreatedAt, p.UpdatedAt = uuidText(id), iso(created), iso(updated)
	}
	return
}

func answer(w http.ResponseWriter, status int, body interface{}) {
	text, _ := json.Marshal(body)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(text)
}

func fail(w http.ResponseWriter, status int, text string) {
	answer(w, status, map[string]string{"error": text})
}

func page(w http.ResponseWriter, r *http.Request, c *caller) {
	limit, err := strconv.Atoi(r.FormValue("limit"))
	if err != nil || limit > 100 {
		limit = 50
	}
	rows, err := readPage.Query(uuidBytes(c.Tenant), limit)
	if err != nil {
		fail(w, 503, err.Error())
		return
	}
	defer rows.Close()
	body := list{Persons: make([]person, 0, limit)}
	for rows.Next() {
		p, err := scan(rows)
		if err != nil {
			fail(w, 503, err.Error())
			return
		}
		body.Persons = append(body.Persons, p)
	}
	if r.FormValue("total") != "" {
		body.Total = new(int64)
		countAll.QueryRow(uuidBytes(c.Tenant)).Scan(body.Total)
	}
	answer(w, 200, body)
}

func store(p *person, c *caller, r *http.Request, sent []byte, text []byte, id []byte, now time.Time) error {
	tenant := uuidBytes(c.Tenant)
	key := sha256.Sum256([]byte(c.Subject + "\x00" + r.Header.Get("Idempotency-Key")))
	print := sha256.Sum256(sent)
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, step := range []struct {
		statement *sql.Stmt
		values    []interface{}
	}{
		{claim, []interface{}{tenant, key[:], print[:], now}},
		{insert, []interface{}{tenant, id, p.FirstName, p.LastName, p.Email, p.RiskLevel, p.Notes, now, now}},
		{audit, []interface{}{tenant, uuid7(now), now, uuidBytes(c.Subject), r.Header.Get("X-Real-IP"), r.Header.Get("X-Request-Id"), id, text}},
		{out, []interface{}{tenant, id, text, now}},
		{settle, []interface{}{"/api/persons/" + p.ID, text, tenant, key[:]}},
	} {
		if _, err := tx.Stmt(step.statement).Exec(step.values...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func create(w http.ResponseWriter, r *http.Request, c *caller) {
	var p person
	sent, _ := io.ReadAll(r.Body)
	if json.Unmarshal(sent, &p) != nil || p.FirstName == "" || p.LastName == "" || p.Email == "" || p.RiskLevel == "" {
		fail(w, 400, "Validation error")
		return
	}
	now := time.Now().UTC()
	id := uuid7(now)
	p.ID, p.Name, p.Status, p.CreatedAt, p.UpdatedAt = uuidText(id), p.FirstName+" "+p.LastName, "active", iso(now), iso(now)
	text, _ := json.Marshal(p)
	if err := store(&p, c, r, sent, text, id, now); err != nil {
		fail(w, 503, err.Error())
		return
	}
	w.Header().Set("Location", "/api/persons/"+p.ID)
	answer(w, 201, p)
}

func read(w http.ResponseWriter, r *http.Request, c *caller) {
	p, err := scan(readOne.QueryRow(uuidBytes(c.Tenant), uuidBytes(strings.TrimPrefix(r.URL.Path, "/api/persons/"))))
	if err != nil {
		fail(w, 404, "Not found")
		return
	}
	answer(w, 200, p)
}

func known(next func(http.ResponseWriter, *http.Request, *caller)) http.HandlerFunc {
	key := func(t *jwt.Token) (interface{}, error) { return secret, nil }
	parser := jwt.Parser{ValidMethods: []string{"HS256"}}
	return func(w http.ResponseWriter, r *http.Request) {
		var c caller
		_, err := parser.ParseWithClaims(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), &c, key)
		if err != nil || !c.VerifyAudience("almoner", true) {
			fail(w, 401, "Invalid token")
			return
		}
		next(w, r, &c)
	}
}

func main() {
	var err error
	db, err = sql.Open("mysql", "bench:"+os.Getenv("DB_PASSWORD")+"@unix("+os.Getenv("DB_SOCKET")+")/almoner?parseTime=true")
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(32)
	db.SetMaxIdleConns(32)
	prepare()
	one, all, add := known(read), known(page), known(create)
	http.HandleFunc("/api/persons/", one)
	http.HandleFunc("/api/persons", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			add(w, r)
		} else {
			all(w, r)
		}
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
