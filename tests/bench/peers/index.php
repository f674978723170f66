<?php
// PHP-FPM + PDO with persistent connections; HS256 by hash_hmac, as there is no package for it in Debian.
declare(strict_types=1);

const FIELDS = 'id, name, first_name, last_name, email, phone, status, risk_level, risk_score, risk_notes, notes, tags, interaction_count, created_at, updated_at';

function answer(array $body, int $status = 200): never
{
    http_response_code($status);
    header('Content-Type: application/json; charset=utf-8');
    echo json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    exit;
}

function unbase64url(string $text): string
{
    return (string) base64_decode(strtr($text, '-_', '+/'), true);
}

function claims(): array
{
    $parts = explode('.', substr($_SERVER['HTTP_AUTHORIZATION'] ?? '', 7));
    if (count($parts) === 3) {
        [$head, $payload, $signature] = $parts;
        $header = json_decode(unbase64url($head), true);
        $claims = json_decode(unbase64url($payload), true);
        $good = ($header['alg'] ?? '') === 'HS256' && hash_equals(hash_hmac('sha256', "$head.$payload", $_SERVER['JWT_SECRET'], true), unbase64url($signature));
        if ($good && ($claims['exp'] ?? 0) > time() && ($claims['aud'] ?? '') === 'almoner') {
            return $claims;
        }
    }
    answer(['error' => 'Invalid token'], 401);
}

function database(): PDO
{
    return new PDO("mysql:unix_socket={$_SERVER['DB_SOCKET']};dbname=almoner;charset=utf8mb4", 'bench', $_SERVER['DB_PASSWORD'],
        [PDO::ATTR_PERSISTENT => true, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC]);
}

function bytes(string $uuid): string
{
    return hex2bin(str_replace('-', '', $uuid));
}

function uuid(string $bytes): string
{
    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
}

function uuid7(): string
{
    $random = random_bytes(10);
    $random[0] = chr(ord($random[0]) & 15 | 0x70);
    $random[2] = chr(ord($random[2]) & 63 | 0x80);
    return substr(pack('J', (int) (microtime(true) * 1000)), 2) . $random;
}

function iso(string $at): string
{
    return strtr(substr($at, 0, 19), ' ', 'T') . 'Z';
}

function document(array $row): array
{
    return ['id' => uuid($row['id']), 'created_at' => iso($row['created_at']), 'updated_at' => iso($row['updated_at'])] + $row;
}

function run(PDO $db, string $sql, array $values): PDOStatement
{
    $statement = $db->prepare($sql);
    $statement->execute($values);
    return $statement;
}

function read(PDO $db, array $claims, string $id): never
{
    $row = run($db, 'SELECT ' . FIELDS . ' FROM persons WHERE tenant_id = ? AND id = ?', [bytes($claims['tenant_id']), bytes($id)])->fetch();
    $row ? answer(document($row)) : answer(['error' => 'Not found'], 404);
}

function page(PDO $db, array $claims): never
{
    $tenant = bytes($claims['tenant_id']);
    $limit = min((int) ($_GET['limit'] ?? 50), 100);
    $body = ['persons' => array_map('document', run($db, 'SELECT ' . FIELDS . " FROM persons WHERE tenant_id = ? ORDER BY created_at DESC, id DESC LIMIT $limit", [$tenant])->fetchAll())];
    if (isset($_GET['total'])) {
        $body['total'] = (int) run($db, 'SELECT COUNT(*) FROM persons WHERE tenant_id = ?', [$tenant])->fetchColumn();
    }
    answer($body);
}

function create(PDO $db, array $claims): never
{
    $text = file_get_contents('php://input');
    $sent = json_decode($text, true);
    foreach (['first_name', 'last_name', 'email', 'risk_level'] as $name) {
        if (!is_string($sent[$name] ?? null) || $sent[$name] === '') {
            answer(['error' => 'Validation error'], 400);
        }
    }
    $tenant = bytes($claims['tenant_id']);
    $now = (new DateTimeImmutable('now', new DateTimeZone('UTC')))->format('Y-m-d H:i:s.v');
    $key = hash('sha256', $claims['sub'] . "\0" . $_SERVER['HTTP_IDEMPOTENCY_KEY'], true);
    $id = uuid7();
    $row = ['id' => $id, 'name' => "{$sent['first_name']} {$sent['last_name']}", 'first_name' => $sent['first_name'], 'last_name' => $sent['last_name'], 'email' => $sent['email'], 'phone' => '',
        'status' => 'active', 'risk_level' => $sent['risk_level'], 'risk_score' => 0, 'risk_notes' => '', 'notes' => $sent['notes'] ?? '', 'tags' => '', 'interaction_count' => 0, 'created_at' => $now, 'updated_at' => $now];
    $body = document($row);
    $json = json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    $db->beginTransaction();
    run($db, 'INSERT INTO idempotency (tenant_id, key_hash, fingerprint, status, created_at) VALUES (?, ?, ?, 0, ?)', [$tenant, $key, hash('sha256', $text, true), $now]);
    run($db, 'INSERT INTO persons (tenant_id, id, first_name, last_name, email, phone, status, risk_level, risk_score, risk_notes, notes, tags, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        [$tenant, $id, $row['first_name'], $row['last_name'], $row['email'], '', 'active', $row['risk_level'], 0, '', $row['notes'], '', $now, $now]);
    run($db, 'INSERT INTO audit (tenant_id, id, at, actor_id, address, request_id, resource, record_id, version, op, before_doc, after_doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, NULL, ?)',
        [$tenant, uuid7(), $now, bytes($claims['sub']), $_SERVER['REMOTE_ADDR'], $_SERVER['HTTP_X_REQUEST_ID'] ?? '', 'person', $id, 'create', $json]);
    run($db, 'INSERT INTO outbox (tenant_id, channel, type, resource, op, record_id, body, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)', [$tenant, 'persons', 'person_updated', 'person', 'create', $id, $json, $now]);
    run($db, 'UPDATE idempotency SET status = 201, content_type = ?, location = ?, body = ? WHERE tenant_id = ? AND key_hash = ?', ['application/json; charset=utf-8', "/api/persons/{$body['id']}", $json, $tenant, $key]);
    $db->commit();
    header("Location: /api/persons/{$body['id']}");
    answer($body, 201);
}

$claims = claims();
$db = database();
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    create($db, $claims);
}
if (preg_match('#^/api/persons/([0-9a-f-]{36})$#', explode('?', $_SERVER['REQUEST_URI'])[0], $found)) {
    read($db, $claims, $found[1]);
}
page($db, $claims);
