# frozen_string_literal: true

module Rdkafka
  # Default timeouts and limits, in milliseconds except where noted. They are read at each call, so a test can replace
  # them with `stub_const`.
  module Defaults
    # For {Consumer#committed}
    CONSUMER_COMMITTED_TIMEOUT_MS = 2_000
    # For {Consumer#query_watermark_offsets}
    CONSUMER_QUERY_WATERMARK_TIMEOUT_MS = 1_000
    # For {Consumer#lag}
    CONSUMER_LAG_TIMEOUT_MS = 1_000
    # For {Consumer#offsets_for_times}
    CONSUMER_OFFSETS_FOR_TIMES_TIMEOUT_MS = 1_000
    # For {Consumer#cluster_id}
    CONSUMER_CLUSTER_ID_TIMEOUT_MS = 1_000
    # For {Consumer#each}: one round of polling
    CONSUMER_POLL_TIMEOUT_MS = 250
    # Unused; kept for callers. Seeking is asynchronous
    CONSUMER_SEEK_TIMEOUT_MS = 0
    # For {Consumer#events_poll}; 0 does not wait
    CONSUMER_EVENTS_POLL_TIMEOUT_MS = 0

    # For `ShareConsumer#poll` and `#each`
    SHARE_CONSUMER_POLL_TIMEOUT_MS = 250
    # For `ShareConsumer#events_poll`; 0 does not wait
    SHARE_CONSUMER_EVENTS_POLL_TIMEOUT_MS = 0
    # For `ShareConsumer#commit_sync`
    SHARE_CONSUMER_COMMIT_SYNC_TIMEOUT_MS = 5_000

    # For {Producer#flush}
    PRODUCER_FLUSH_TIMEOUT_MS = 5_000
    # For {Producer#purge}: one round of flushing
    PRODUCER_PURGE_FLUSH_TIMEOUT_MS = 100
    # For {Producer#purge}: pause between the rounds
    PRODUCER_PURGE_SLEEP_INTERVAL_MS = 1
    # For {Producer#send_offsets_to_transaction}
    PRODUCER_SEND_OFFSETS_TIMEOUT_MS = 5_000

    # For `metadata` of every client
    METADATA_TIMEOUT_MS = 2_000
    # Retries of a metadata request (count)
    METADATA_MAX_RETRIES = 10
    # Attempts that are made even if the budget is used up (count)
    METADATA_MIN_ATTEMPTS = 3
    # Time after which a metadata request is not retried
    METADATA_RETRY_BUDGET_MS = 5_000
    # First pause between metadata attempts, doubled each time
    METADATA_RETRY_BACKOFF_BASE_MS = 100
    # Longest pause between metadata attempts
    METADATA_RETRY_BACKOFF_MAX_MS = 1_000

    # For {AbstractHandle#wait}
    HANDLE_WAIT_TIMEOUT_MS = 60_000

    # One round of a polling thread
    NATIVE_KAFKA_POLL_TIMEOUT_MS = 100
    # Unused; kept for callers
    NATIVE_KAFKA_SYNCHRONIZE_SLEEP_INTERVAL_MS = 10

    # Lifetime of a cached partition count
    PARTITIONS_COUNT_CACHE_TTL_MS = 30_000
  end
end
