-- What both peers keep of a case beside their own state: its facts, two projections of them, and alarms.
CREATE TABLE facts (case_id text, number int, lane text, state text, office text, occurred_at timestamptz,
  recorded_at timestamptz DEFAULT now(), PRIMARY KEY (case_id, number));
CREATE TABLE lanes (case_id text, lane text, state text, holder text, PRIMARY KEY (case_id, lane));
CREATE TABLE work (case_id text PRIMARY KEY, office text, due_at timestamptz);
CREATE INDEX ON work (office, due_at);
CREATE TABLE alarms (case_id text, number int, raised_at timestamptz DEFAULT now(), PRIMARY KEY (case_id, number));
CREATE TABLE spiff (case_id text PRIMARY KEY, state text, next_at timestamptz);
CREATE INDEX ON spiff (next_at);
