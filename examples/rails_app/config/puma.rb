# frozen_string_literal: true

workers 2
threads 1, 3
preload_app!
raise_exception_on_sigterm false

# What is still queued is sent.
before_worker_shutdown { Karafka.producer.close }
