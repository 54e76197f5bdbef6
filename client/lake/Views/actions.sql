-- Carts, removals and purchases, of which files with digests know apart from all other events.
CREATE VIEW actions AS FROM undigested_actions UNION ALL FROM digested_actions;
