-- Sessions without ordering events, see spans.sql, begin with stretches of time that are no longer than the timeout, so that no gap lies within one. They begin anew with
-- every hour, so that each lies in one.
CREATE MACRO stretch_of(time_ms) AS time_ms - time_ms % 3600000 + (time_ms % 3600000) // session_timeout_ms();

CREATE MACRO day_of_stretch(stretch) AS make_timestamp((stretch // 3600000) * 3600000000)::DATE;

-- What kinds of events there are, as a set of bits.
CREATE MACRO kind_bit(kind) AS CASE kind WHEN 'view' THEN 1 WHEN 'cart' THEN 2 WHEN 'remove_from_cart' THEN 4 WHEN 'purchase' THEN 8 ELSE 16 END::UTINYINT;

-- The kind of a set with one.
CREATE MACRO kind_of_bit(kinds) AS CASE kinds WHEN 1 THEN 'view' WHEN 2 THEN 'cart' WHEN 4 THEN 'remove_from_cart' WHEN 8 THEN 'purchase' ELSE 'page' END;

CREATE MACRO has_view(kinds) AS kinds & 1 <> 0;

CREATE MACRO has_cart_or_purchase(kinds) AS kinds & 10 <> 0;
