-- 006: the search index (lib/search/search.h).

CREATE TABLE IF NOT EXISTS search_terms (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'the term in postings',
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'kind of record',
  term VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'folded word; with = before it: in a title; sensitive',
  PRIMARY KEY (id),
  UNIQUE KEY search_terms_term (tenant_id, kind, term)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='words that records have';

CREATE TABLE IF NOT EXISTS search_postings (
  term_id BIGINT UNSIGNED NOT NULL COMMENT 'search_terms.id',
  doc_id BINARY(16) NOT NULL COMMENT 'id of the record',
  site BINARY(8) NOT NULL COMMENT 'last half of its site, zero for none: found records are read with the whole',
  PRIMARY KEY (term_id, doc_id),
  CONSTRAINT search_postings_term FOREIGN KEY (term_id) REFERENCES search_terms (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='which record has which word';

CREATE TABLE IF NOT EXISTS search_variants (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  variant BIGINT NOT NULL COMMENT 'FNV-1a of a term without one of its letters',
  term_id BIGINT UNSIGNED NOT NULL COMMENT 'search_terms.id',
  PRIMARY KEY (tenant_id, variant, term_id),
  KEY search_variants_term (term_id),
  CONSTRAINT search_variants_term FOREIGN KEY (term_id) REFERENCES search_terms (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='words by their misspellings';
