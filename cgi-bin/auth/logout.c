/**
 * logout.c: end the caller's session, or (family I) the session of a token in the body.
 */
#include "auth_module.h"

static enum status end_caller_session(struct request *r, const struct principal *caller)
{
        enum status status = session_end(r, &caller->tenant, &caller->session);

        session_cookie(r, STR(""), 0);
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status auth_logout_b(struct request *r)
{
        enum status status = end_caller_session(r, &r->principal);
        struct emit *e;

        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_member_bool(e, "success", true);
        emit_member_text(e, "message", "Logout successful");
        emit_object_end(e);
        return STATUS_OK;
}

enum status auth_logout_i(struct request *r)
{
        const struct str token = record_str(r->input, LOGOUT_TOKEN);
        struct principal principal = r->principal;
        enum status status;

        if (token.ptr) {
                enum auth_fault fault = auth_verify(r->auth, token, time_now(), &principal);

                if (fault != AUTH_OK)
                        return problem(r, PROBLEM_INVALID_TOKEN, "%s", auth_fault_text(fault));
        } else if (!r->authenticated) {
                return problem(r, PROBLEM_AUTHENTICATION_REQUIRED, "Authentication required");
        }
        status = end_caller_session(r, &principal);
        return status == STATUS_OK ? answer_success(r) : status;
}
