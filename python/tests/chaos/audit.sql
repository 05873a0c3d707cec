-- The history of each row, written in the transaction of each change: a witness that knows nothing of task_api.
CREATE TABLE chaos_audit (
    id bigserial PRIMARY KEY,
    at timestamptz NOT NULL,
    uuid uuid NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    attempt integer NOT NULL,
    token uuid,
    progress bigint,
    message_count integer NOT NULL,
    error_code text NOT NULL,
    cancel_wanted boolean NOT NULL,
    run_after timestamptz
);

CREATE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.version = OLD.version AND NEW.status = OLD.status THEN
        RETURN NULL;
    END IF;
    INSERT INTO chaos_audit
        (at, uuid, version, status, attempt, token, progress, message_count, error_code, cancel_wanted, run_after)
    VALUES
        (statement_timestamp(), NEW.uuid, NEW.version, NEW.status, NEW.attempt, NEW.claim_token, NEW.progress,
         NEW.message_count, NEW.error_code, NEW.cancel_requested_at IS NOT NULL, NEW.run_after);
    RETURN NULL;
END $$;

CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE ON task_api_taskinfo FOR EACH ROW EXECUTE FUNCTION chaos_note();
