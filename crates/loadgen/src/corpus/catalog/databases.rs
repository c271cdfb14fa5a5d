//! Where the services keep their data.

use super::{Database, Query};

pub(super) const EDGE_CACHE: Database = Database {
    system: "redis",
    namespace: "0",
    host: "edge-cache.data.internal",
    port: 6379,
    queries: &[
        query("GET", "session", "GET session:?", 120),
        query("SETEX", "page", "SETEX page:? ? ?", 140),
        query("HGETALL", "flags", "HGETALL flags:?", 130),
    ],
};

pub(super) const PARTNERS: Database = Database {
    system: "postgresql",
    namespace: "partners",
    host: "pg-partners.data.internal",
    port: 5432,
    queries: &[
        query(
            "SELECT",
            "partners",
            "SELECT id, name, tier, rate_limit FROM partners WHERE id = $1",
            500,
        ),
        query(
            "INSERT",
            "partner_calls",
            "INSERT INTO partner_calls (partner_id, route, called_at) VALUES ($1, $2, $3)",
            900,
        ),
    ],
};

pub(super) const CATALOG: Database = Database {
    system: "postgresql",
    namespace: "catalog",
    host: "pg-catalog.data.internal",
    port: 5432,
    queries: &[
        query(
            "SELECT",
            "products",
            "SELECT id, sku, title, brand_id, attributes FROM products WHERE id = $1",
            600,
        ),
        query(
            "SELECT",
            "categories",
            "SELECT id, parent_id, title FROM categories WHERE path <@ $1 ORDER BY position",
            800,
        ),
        query(
            "SELECT",
            "variants",
            "SELECT sku, size, colour FROM variants WHERE product_id = $1 AND active",
            700,
        ),
    ],
};

pub(super) const SEARCH: Database = Database {
    system: "elasticsearch",
    namespace: "products-v12",
    host: "es-search.data.internal",
    port: 9200,
    queries: &[
        query(
            "search",
            "products-v12",
            r#"{"query":{"bool":{"must":[{"match":{"title":"?"}}],"filter":[{"term":{"active":"?"}}]}},"size":"?"}"#,
            3000,
        ),
        query(
            "search",
            "suggestions-v4",
            r#"{"suggest":{"title":{"prefix":"?","completion":{"field":"suggest"}}}}"#,
            1200,
        ),
    ],
};

pub(super) const CARTS: Database = Database {
    system: "redis",
    namespace: "2",
    host: "redis-carts.data.internal",
    port: 6379,
    queries: &[
        query("HGETALL", "cart", "HGETALL cart:?", 150),
        query("HSET", "cart", "HSET cart:? ? ?", 170),
        query("EXPIRE", "cart", "EXPIRE cart:? ?", 110),
    ],
};

pub(super) const CHECKOUT: Database = Database {
    system: "postgresql",
    namespace: "checkout",
    host: "pg-checkout.data.internal",
    port: 5432,
    queries: &[
        query(
            "INSERT",
            "checkouts",
            "INSERT INTO checkouts (id, cart_id, account_id, state, total) VALUES ($1, $2, $3, $4, $5)",
            1100,
        ),
        query(
            "UPDATE",
            "checkouts",
            "UPDATE checkouts SET state = $1, updated_at = now() WHERE id = $2",
            1000,
        ),
        query(
            "SELECT",
            "checkouts",
            "SELECT id, state, total FROM checkouts WHERE id = $1 FOR UPDATE",
            700,
        ),
    ],
};

pub(super) const ORDERS: Database = Database {
    system: "postgresql",
    namespace: "orders",
    host: "pg-orders.data.internal",
    port: 5432,
    queries: &[
        query(
            "SELECT",
            "orders",
            "SELECT id, account_id, state, total, placed_at FROM orders WHERE id = $1",
            600,
        ),
        query(
            "INSERT",
            "orders",
            "INSERT INTO orders (id, account_id, state, total, placed_at) VALUES ($1, $2, $3, $4, $5)",
            1200,
        ),
        query(
            "INSERT",
            "order_lines",
            "INSERT INTO order_lines (order_id, sku, quantity, price) SELECT * FROM unnest($1, $2, $3, $4)",
            1300,
        ),
        query(
            "SELECT",
            "orders",
            "SELECT id, state, total FROM orders WHERE account_id = $1 ORDER BY placed_at DESC LIMIT $2",
            900,
        ),
    ],
};

pub(super) const ACCOUNTS: Database = Database {
    system: "mysql",
    namespace: "accounts",
    host: "mysql-accounts.data.internal",
    port: 3306,
    queries: &[
        query(
            "SELECT",
            "accounts",
            "SELECT id, email, locale, created_at FROM accounts WHERE id = ?",
            500,
        ),
        query(
            "UPDATE",
            "addresses",
            "UPDATE addresses SET street = ?, postcode = ?, city = ? WHERE id = ? AND account_id = ?",
            1000,
        ),
    ],
};

pub(super) const FEATURES: Database = Database {
    system: "mongodb",
    namespace: "features",
    host: "mongo-features.data.internal",
    port: 27017,
    queries: &[
        query(
            "find",
            "embeddings",
            r#"{"find":"embeddings","filter":{"_id":{"$in":["?"]}},"limit":"?"}"#,
            900,
        ),
        query(
            "aggregate",
            "affinities",
            r#"{"aggregate":"affinities","pipeline":[{"$match":{"account":"?"}},{"$sort":{"score":"?"}}]}"#,
            1800,
        ),
    ],
};

pub(super) const REVIEWS: Database = Database {
    system: "mongodb",
    namespace: "reviews",
    host: "mongo-reviews.data.internal",
    port: 27017,
    queries: &[
        query(
            "find",
            "reviews",
            r#"{"find":"reviews","filter":{"product":"?"},"sort":{"created":"?"},"limit":"?"}"#,
            1000,
        ),
        query(
            "insert",
            "reviews",
            r#"{"insert":"reviews","ordered":"?","documents":"?"}"#,
            1100,
        ),
    ],
};

pub(super) const PRICING: Database = Database {
    system: "postgresql",
    namespace: "pricing",
    host: "pg-pricing.data.internal",
    port: 5432,
    queries: &[
        query(
            "SELECT",
            "prices",
            "SELECT sku, currency, amount, valid_until FROM prices WHERE sku = ANY($1) AND currency = $2",
            550,
        ),
        query(
            "SELECT",
            "tax_rates",
            "SELECT rate FROM tax_rates WHERE country = $1 AND class = $2",
            450,
        ),
    ],
};

pub(super) const PROMOTIONS: Database = Database {
    system: "mysql",
    namespace: "promotions",
    host: "mysql-promotions.data.internal",
    port: 3306,
    queries: &[
        query(
            "SELECT",
            "promotions",
            "SELECT id, rule, discount FROM promotions WHERE starts_at <= ? AND ends_at > ? AND segment = ?",
            650,
        ),
        query(
            "UPDATE",
            "coupons",
            "UPDATE coupons SET redeemed_at = ?, order_id = ? WHERE code = ? AND redeemed_at IS NULL",
            1000,
        ),
    ],
};

pub(super) const INVENTORY: Database = Database {
    system: "postgresql",
    namespace: "inventory",
    host: "pg-inventory.data.internal",
    port: 5432,
    queries: &[
        query(
            "SELECT",
            "stock",
            "SELECT sku, warehouse_id, available FROM stock WHERE sku = ANY($1)",
            550,
        ),
        query(
            "UPDATE",
            "stock",
            "UPDATE stock SET available = available - $1 WHERE sku = $2 AND warehouse_id = $3 AND available >= $1",
            1100,
        ),
    ],
};

pub(super) const PAYMENTS: Database = Database {
    system: "postgresql",
    namespace: "payments",
    host: "pg-payments.data.internal",
    port: 5432,
    queries: &[
        query(
            "INSERT",
            "authorizations",
            "INSERT INTO authorizations (id, order_id, amount, currency, state) VALUES ($1, $2, $3, $4, $5)",
            1300,
        ),
        query(
            "SELECT",
            "methods",
            "SELECT id, kind, token FROM methods WHERE account_id = $1 AND active",
            600,
        ),
        query(
            "UPDATE",
            "authorizations",
            "UPDATE authorizations SET state = $1, captured_at = $2 WHERE id = $3",
            1100,
        ),
    ],
};

pub(super) const SHIPPING: Database = Database {
    system: "mysql",
    namespace: "shipping",
    host: "mysql-shipping.data.internal",
    port: 3306,
    queries: &[
        query(
            "SELECT",
            "rates",
            "SELECT carrier, service, price FROM rates WHERE zone = ? AND weight_max >= ? ORDER BY price",
            700,
        ),
        query(
            "INSERT",
            "shipments",
            "INSERT INTO shipments (id, order_id, carrier, label) VALUES (?, ?, ?, ?)",
            1200,
        ),
    ],
};

pub(super) const MESSAGES: Database = Database {
    system: "mongodb",
    namespace: "messages",
    host: "mongo-messages.data.internal",
    port: 27017,
    queries: &[
        query(
            "insert",
            "messages",
            r#"{"insert":"messages","ordered":"?","documents":"?"}"#,
            1000,
        ),
        query(
            "find",
            "templates",
            r#"{"find":"templates","filter":{"kind":"?","locale":"?"},"limit":"?"}"#,
            700,
        ),
    ],
};

pub(super) const FRAUD: Database = Database {
    system: "postgresql",
    namespace: "fraud",
    host: "pg-fraud.data.internal",
    port: 5432,
    queries: &[
        query(
            "SELECT",
            "signals",
            "SELECT kind, score, seen_at FROM signals WHERE account_id = $1 AND seen_at > $2",
            800,
        ),
        query(
            "INSERT",
            "assessments",
            "INSERT INTO assessments (id, order_id, score, verdict) VALUES ($1, $2, $3, $4)",
            1100,
        ),
    ],
};

pub(super) const MEDIA: Database = Database {
    system: "redis",
    namespace: "5",
    host: "redis-media.data.internal",
    port: 6379,
    queries: &[
        query("GET", "image", "GET image:?", 160),
        query("MGET", "variant", "MGET variant:? variant:? variant:?", 200),
    ],
};

pub(super) const SESSIONS: Database = Database {
    system: "redis",
    namespace: "1",
    host: "redis-sessions.data.internal",
    port: 6379,
    queries: &[
        query("GET", "session", "GET session:?", 120),
        query("EXPIRE", "session", "EXPIRE session:? ?", 110),
        query("SETEX", "session", "SETEX session:? ? ?", 140),
    ],
};

const fn query(
    operation: &'static str,
    collection: &'static str,
    text: &'static str,
    least_us: u64,
) -> Query {
    Query {
        operation,
        collection,
        text,
        least_us,
    }
}
