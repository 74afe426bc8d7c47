// SQL by hand beside a store, in tests of the PostgreSQL engine.
#pragma once

#include <libpq-fe.h>

#include <string>

namespace rollcall::store {

// A connection of somebody who writes SQL by hand.
class Session {
public:
    explicit Session(const std::string& url) : connection_(PQconnectdb(url.c_str())) {}
    ~Session() { PQfinish(connection_); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // The rows as "a|b\n", or the SQLSTATE of the refusal.
    std::string ask(const std::string& statement) {
        PGresult* result = PQexec(connection_, statement.c_str());
        std::string text;
        const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        if (state != nullptr) text = state;
        for (int row = 0; row < PQntuples(result); ++row) {
            for (int column = 0; column < PQnfields(result); ++column) {
                text += std::string(column > 0 ? "|" : "") + PQgetvalue(result, row, column);
            }
            text += "\n";
        }
        PQclear(result);
        return text;
    }

private:
    PGconn* connection_;
};

}  // namespace rollcall::store
