//! The world of the corpus: twenty services of a shop, what they serve, whom they call, and where
//! they keep their data.

mod databases;
mod services;

pub(super) use services::{EDGE_COUNT, SERVICES};

/// A service, of which one instance runs.
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) namespace: &'static str,
    pub(super) platform: &'static Platform,
    /// What it serves. `{…uuid}` in a path stands for a UUID, `{…}` for a number.
    pub(super) routes: &'static [Route],
    /// The names of the services that it calls, if any.
    pub(super) calls: &'static [&'static str],
    pub(super) database: &'static Database,
}

/// An HTTP method and a path with placeholders.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
}

/// What a service is written in, as its spans show it.
pub(super) struct Platform {
    /// `telemetry.sdk.language`.
    pub(super) language: &'static str,
    /// `telemetry.sdk.version`.
    pub(super) sdk_version: &'static str,
    /// The instrumentation of its HTTP server, of its HTTP client and of its database driver.
    pub(super) scopes: Scopes,
    /// The `exception.type` of a failed query.
    pub(super) exception: &'static str,
    /// An `exception.stacktrace`.
    pub(super) stacktrace: &'static str,
}

/// The names of instrumentation scopes.
pub(super) struct Scopes {
    pub(super) server: &'static str,
    pub(super) client: &'static str,
    pub(super) database: &'static str,
}

/// Where a service keeps its data.
pub(super) struct Database {
    /// `db.system.name`.
    pub(super) system: &'static str,
    /// `db.namespace`.
    pub(super) namespace: &'static str,
    pub(super) host: &'static str,
    pub(super) port: i64,
    pub(super) queries: &'static [Query],
}

/// A query with placeholders for its values, as drivers record it.
pub(super) struct Query {
    pub(super) operation: &'static str,
    pub(super) collection: &'static str,
    pub(super) text: &'static str,
    /// What it takes at least, in microseconds.
    pub(super) least_us: u64,
}

pub(super) const NODE: Platform = Platform {
    language: "nodejs",
    sdk_version: "2.2.0",
    scopes: Scopes {
        server: "@opentelemetry/instrumentation-http",
        client: "@opentelemetry/instrumentation-undici",
        database: "@opentelemetry/instrumentation-pg",
    },
    exception: "DatabaseError",
    stacktrace: "DatabaseError: canceling statement due to statement timeout\n    \
        at Parser.parseErrorMessage (/app/node_modules/pg-protocol/dist/parser.js:285:98)\n    \
        at Parser.handlePacket (/app/node_modules/pg-protocol/dist/parser.js:122:29)\n    \
        at Socket.<anonymous> (/app/node_modules/pg-protocol/dist/index.js:11:42)\n    \
        at TCP.onStreamRead (node:internal/stream_base_commons:191:23)",
};

pub(super) const GO: Platform = Platform {
    language: "go",
    sdk_version: "1.38.0",
    scopes: Scopes {
        server: "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
        client: "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp/client",
        database: "github.com/XSAM/otelsql",
    },
    exception: "*errors.errorString",
    stacktrace: "goroutine 8123 [running]:\n\
        main.(*store).query(0xc0001a4000, {0x1208f40, 0xc000332ab0})\n\
        \t/src/internal/store/query.go:88 +0x1d2\n\
        main.(*server).handle(0xc0000b6000, {0x120a0c8, 0xc0004d20e0}, 0xc000242c80)\n\
        \t/src/internal/server/handle.go:141 +0x4c6\n\
        net/http.HandlerFunc.ServeHTTP(...)\n\t/usr/local/go/src/net/http/server.go:2294",
};

pub(super) const JAVA: Platform = Platform {
    language: "java",
    sdk_version: "1.54.0",
    scopes: Scopes {
        server: "io.opentelemetry.tomcat-10.0",
        client: "io.opentelemetry.java-http-client",
        database: "io.opentelemetry.jdbc",
    },
    exception: "java.sql.SQLTransientConnectionException",
    stacktrace: "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not \
        available, request timed out after 30000ms\n\
        \tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)\n\
        \tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:179)\n\
        \tat org.springframework.jdbc.core.JdbcTemplate.query(JdbcTemplate.java:703)\n\
        \tat org.apache.tomcat.util.threads.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java)",
};

pub(super) const PYTHON: Platform = Platform {
    language: "python",
    sdk_version: "1.37.0",
    scopes: Scopes {
        server: "opentelemetry.instrumentation.fastapi",
        client: "opentelemetry.instrumentation.httpx",
        database: "opentelemetry.instrumentation.asyncpg",
    },
    exception: "asyncpg.exceptions.QueryCanceledError",
    stacktrace: "Traceback (most recent call last):\n  \
        File \"/app/shop/store.py\", line 91, in fetch\n    \
        rows = await connection.fetch(query, *values, timeout=2)\n  \
        File \"/usr/local/lib/python3.13/site-packages/asyncpg/connection.py\", line 690, in fetch\n\
        asyncpg.exceptions.QueryCanceledError: canceling statement due to statement timeout",
};

/// What browsers and apps call themselves.
pub(super) const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "ShopApp/8.14.2 (Android 15; Pixel 9)",
    "ShopApp/8.14.1 (iOS 26.1; iPhone17,2)",
];
