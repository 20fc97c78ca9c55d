// schema.sql, in the form that `supabase gen types typescript` writes.
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  __InternalSupabase: {
    PostgrestVersion: '14.1'
  }
  public: {
    Tables: {
      albums: {
        Row: {
          artist_id: number
          details: Json
          id: number
          price: number | null
          tags: string[]
          title: string
          year: number
        }
        Insert: {
          artist_id: number
          details?: Json
          id?: number
          price?: number | null
          tags?: string[]
          title: string
          year: number
        }
        Update: {
          artist_id?: number
          details?: Json
          id?: number
          price?: number | null
          tags?: string[]
          title?: string
          year?: number
        }
        Relationships: [
          {
            foreignKeyName: 'albums_artist_id_fkey'
            columns: ['artist_id']
            isOneToOne: false
            referencedRelation: 'artists'
            referencedColumns: ['id']
          },
        ]
      }
      artists: {
        Row: {
          country: string | null
          id: number
          name: string
        }
        Insert: {
          country?: string | null
          id?: number
          name: string
        }
        Update: {
          country?: string | null
          id?: number
          name?: string
        }
        Relationships: []
      }
      stock: {
        Row: {
          note: string | null
          quantity: number
          sku: string
        }
        Insert: {
          note?: string | null
          quantity?: number
          sku: string
        }
        Update: {
          note?: string | null
          quantity?: number
          sku?: string
        }
        Relationships: []
      }
    }
    Views: { [_ in never]: never }
    Functions: {
      add: {
        Args: { a: number; b?: number }
        Returns: number
      }
      albums_since: {
        Args: { since: number }
        Returns: {
          artist_id: number
          details: Json
          id: number
          price: number | null
          tags: string[]
          title: string
          year: number
        }[]
        SetofOptions: {
          from: '*'
          to: 'albums'
          isOneToOne: false
          isSetofReturn: true
        }
      }
    }
    Enums: { [_ in never]: never }
    CompositeTypes: { [_ in never]: never }
  }
}
