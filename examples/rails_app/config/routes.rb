# frozen_string_literal: true

Rails.application.routes.draw do
  post "orders", to: "orders#create"
  post "receipts", to: "receipts#create"
end
