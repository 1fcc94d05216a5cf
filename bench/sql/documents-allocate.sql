-- The documents' DO block, word for word (SQL migration scripts, step 3.1), without its pauses of 0.1 s.

-- Migrate organizations in batches to avoid locks
DO $$
DECLARE
    batch_size INTEGER := 100;
    total_count INTEGER;
    processed_count INTEGER := 0;
    org_record RECORD;
    start_time TIMESTAMP;
    batch_start_time TIMESTAMP;
BEGIN
    start_time := clock_timestamp();

    -- Get total count for progress tracking
    SELECT COUNT(*) INTO total_count
    FROM organizations
    WHERE ai_credits = 0 AND whatsapp_credits = 0; -- Unmigrated orgs only

    RAISE NOTICE 'Starting migration of % organizations at %', total_count, start_time;

    FOR org_record IN
        SELECT id, name, plan_name, total_credits
        FROM organizations
        WHERE ai_credits = 0 AND whatsapp_credits = 0 -- Only unmigrated
        ORDER BY created_at ASC
    LOOP
        batch_start_time := clock_timestamp();

        -- Apply credit allocation
        PERFORM allocate_plan_credits(org_record.id, COALESCE(org_record.plan_name, 'custom'));

        processed_count := processed_count + 1;

        -- Progress reporting every batch
        IF processed_count % batch_size = 0 THEN
            RAISE NOTICE 'Processed % / % organizations (%.1f%%) - Batch time: %ms',
                processed_count,
                total_count,
                (processed_count::FLOAT / total_count * 100),
                EXTRACT(milliseconds FROM (clock_timestamp() - batch_start_time));
        END IF;
    END LOOP;

    RAISE NOTICE 'Migration completed! Processed % organizations in %ms',
        processed_count,
        EXTRACT(milliseconds FROM (clock_timestamp() - start_time));
END $$;
